import { existsSync } from 'node:fs'
import { join, posix } from 'node:path'
import { expect, it } from 'vitest'
import { allPages, type Page, root } from './page.js'

// Copies of documents of others have the links of their origin.
const own = allPages().filter(({ path }) => !path.startsWith('test/vectors/'))
const pages = new Map(own.map((page) => [page.path, page]))

/** Returns links to files of this repository, except in code. */
function linksOf({ text }: Page): string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, '').replaceAll(/`[^`\n]*`/g, '')
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target)
    .filter((target) => !/^\w+:/.test(target))
}

/** Returns the anchors of the headings, as GitHub makes them. */
function anchorsOf({ text }: Page): string[] {
  const headings = text.replaceAll(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ (.*)$/gm)
  return [...headings].map(([, heading]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

function isBroken(page: Page, link: string): boolean {
  const [file, anchor] = link.split('#')
  const path = file === '' ? page.path : posix.join(posix.dirname(page.path), file)
  if (!existsSync(join(root, path))) return true
  return anchor !== undefined && !anchorsOf(pages.get(path) ?? page).includes(anchor)
}

it.each([...pages.keys()])('%s links only to existing files and headings', (path) => {
  const page = pages.get(path) as Page
  expect(linksOf(page).filter((link) => isBroken(page, link))).toEqual([])
})
