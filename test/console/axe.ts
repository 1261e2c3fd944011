import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const RULES = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']

const looks = [
  { colorScheme: 'dark', width: 1440 },
  { colorScheme: 'light', width: 1440 },
  { colorScheme: 'light', width: 360 },
] as const

/** What axe complains about on a page, or in a part of it. */
export async function faults(page: Page, part?: string): Promise<string[]> {
  if (!(await page.evaluate('"axe" in globalThis'))) await page.evaluate(axe)
  const context = part === undefined ? 'document' : JSON.stringify(part)
  const results = (await page.evaluate(
    `axe.run(${context}, { runOnly: { type: 'tag', values: ${JSON.stringify(RULES)} } })`,
  )) as AxeResults
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`),
  )
}

/** The same for a dark, a light and a narrow look of what is shown now. */
export async function faultsInLooks(page: Page, part?: string): Promise<string[]> {
  const size = page.viewportSize()!
  const found: string[] = []
  for (const { colorScheme, width } of looks) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height: size.height })
    found.push(...(await faults(page, part)).map((fault) => `${colorScheme} ${width}: ${fault}`))
  }
  await page.setViewportSize(size)
  return found
}
