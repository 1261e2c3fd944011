import { readFileSync } from 'node:fs'
import type { Locator, Page } from 'playwright-core'
import { expect } from 'vitest'

const KEYS: Readonly<Record<string, string>> = { Space: ' ' }
const ACTION =
  /\b(?:[Pp]ress `(?<key>[^`]+)`|[Tt]ype `(?<text>[^`]+)`(?: into \*\*(?<field>[^*]+)\*\*)?|[Cc]lick the row `(?<row>[^`]+)`|[Cc]lick \*\*(?<button>[^*]+)\*\*(?: in the row `(?<within>[^`]+)`)?|[Cc]heck \*\*(?<box>[^*]+)\*\*)/g

/** The numbered steps of a section of a guide. */
export class GuideSteps {
  readonly #steps: readonly string[]
  readonly #page: Page

  constructor(page: Page, guide: string, heading: string) {
    const text = readFileSync(new URL(`../../${guide}`, import.meta.url), 'utf8')
    const section = text.split(/^## /m).find((each) => each.startsWith(`${heading}\n`)) ?? ''
    this.#steps = [...section.matchAll(/^\d+\. (.*)$/gm)].map(([, step]) => step)
    this.#page = page
  }

  /** Does what each step says, and then what is given for it, which checks what the step promises. */
  async follow(checks: readonly (() => Promise<unknown>)[]): Promise<void> {
    expect(checks.length, 'every step is checked').toBe(this.#steps.length)
    for (const [index, step] of this.#steps.entries()) {
      for (const { groups } of step.matchAll(ACTION)) await this.#act(groups as Action)
      await checks[index]()
    }
  }

  async #act({ key, text, field, row, button, within, box }: Action): Promise<void> {
    const page = this.#page
    if (key !== undefined) await page.keyboard.press(KEYS[key] ?? key)
    else if (field !== undefined) await page.getByLabel(field, { exact: true }).fill(text)
    else if (text !== undefined) await page.keyboard.type(text)
    else if (row !== undefined) await this.#row(row).click()
    else if (box !== undefined) await page.getByRole('checkbox', { name: box }).check()
    else await (await this.#control(button, within)).click()
  }

  #row(text: string): Locator {
    return this.#page.getByRole('row').filter({ hasText: text }).last()
  }

  /** What is behind a dialog cannot be clicked. */
  async #control(name: string, row: string | undefined): Promise<Locator> {
    const dialog = this.#page.getByRole('dialog')
    const top = (await dialog.count()) > 0 ? dialog : this.#page
    const within = row === undefined ? top : this.#row(row)
    const named = { name, exact: true }
    const button = within.getByRole('button', named).or(within.getByRole('tab', named))
    return button.or(within.getByRole('link', named)).first()
  }
}

type Action = Record<'key' | 'text' | 'field' | 'row' | 'button' | 'within' | 'box', string>
