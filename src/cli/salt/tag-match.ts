import type { RE2JS } from 're2js'
import { TocsinError } from '../../event/errors.js'
import { fnmatch } from '../../faces/salt/codec/match.js'
import { pythonRegex } from '../../faces/salt/codec/python-regex.js'
import { compileRegex } from '../../filter/regex.js'

/** Which tags a command takes. */
export interface TagMatch {
  test(tag: string): boolean
  /** The same for the hub; undefined for every tag. */
  readonly filter: object | undefined
  /** What a person should know of it. */
  readonly note?: string | undefined
}

export function tagGlob(pattern: string): TagMatch {
  return { test: (tag) => fnmatch(tag, pattern), filter: { glob: { tag: pattern } } }
}

/**
 * How `state.event` compares tags: the same text, a glob, or a regular expression for the beginning of the tag whose
 * last alternative ends where the tag does (`\A` + expression + `\Z`).
 */
export class TagExpression implements TagMatch {
  readonly note: string | undefined
  readonly #expression: string
  readonly #regex: RE2JS | undefined

  constructor(expression: string) {
    this.#expression = expression
    try {
      // By itself first: what it leaves open must not close what stands around it.
      compileRegex(pythonRegex(expression), 'tagmatch')
      this.#regex = compileRegex(anchored(expression), 'tagmatch')
    } catch (error) {
      if (!TocsinError.is(error, 'TCN_FILTER_REGEX')) throw error
      if (!isGlob(expression)) this.note = `the tag is compared as a glob only: ${error.message}`
    }
  }

  test(tag: string): boolean {
    return tag === this.#expression || fnmatch(tag, this.#expression) || (this.#regex?.test(tag) ?? false)
  }

  get filter(): object | undefined {
    if (this.#expression === '*') return undefined
    const glob = { glob: { tag: this.#expression } }
    const regex = this.#regex && { regex: { tag: anchored(this.#expression) } }
    return { any: [{ exact: { tag: this.#expression } }, glob, ...(regex ? [regex] : [])] }
  }
}

/** Of a glob nobody expects that it is an expression too. */
function isGlob(text: string): boolean {
  return /[*?]/.test(text) && !/[()\\|^$]/.test(text)
}

function anchored(expression: string): string {
  return `^(?:${pythonRegex(expression)}\\z)`
}
