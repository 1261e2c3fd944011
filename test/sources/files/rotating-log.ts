import { appendFileSync, copyFileSync, existsSync, mkdirSync, renameSync, truncateSync } from 'node:fs'
import { join } from 'node:path'

/** What became of a content. */
type Fate = 'live' | 'renamed' | 'copied' | 'put aside' | 'truncated'

/** What a file had from one truncation to the next. */
export class Content {
  text = ''
  fate: Fate = 'live'
  /** It disappeared while the source was stopped, or shortly before that, so that the source had no time to find it. */
  isUnwatched = false
  /** Its size when the source had had the time to look at it. */
  known = 0

  lines(): { text: string; start: number; end: number }[] {
    let end = 0
    return this.text
      .split('\n')
      .slice(0, -1)
      .map((text) => {
        const start = end
        end += text.length + 1
        return { text, start, end }
      })
  }
}

/** A log, its writer, and programs that rotate it in various ways. */
export class RotatingLog {
  readonly path: string
  readonly contents: Content[] = []
  readonly #old: string
  readonly #random: () => number
  /** Number of the content at which the source had the time to look last. */
  #lookedAt = 0
  #count = 0
  /** The end of the last line, which is written with the next ones. */
  #rest = ''

  constructor(folder: string, random: () => number) {
    this.path = join(folder, 'app.log')
    this.#old = join(folder, 'old/app.log')
    this.#random = random
    mkdirSync(join(folder, 'old'))
    this.append(3)
  }

  /** Does something at random, and says what. */
  change(isWatched: boolean): string {
    const roll = this.#random()
    if (roll < 0.7) return this.append(this.#random() * 30)
    const content = this.contents[this.contents.length - 1]
    content.fate = fateAt(roll)
    if (!isWatched) content.isUnwatched = true
    this.#rest = ''
    if (content.fate === 'renamed') {
      shift(this.path)
      renameSync(this.path, `${this.path}.1`)
    } else {
      if (content.fate !== 'truncated') this.#copy(content.fate === 'copied' ? this.path : this.#old)
      truncateSync(this.path)
      this.#begin()
    }
    // It is often written at once, and longer than before.
    const isWritten = content.fate === 'renamed' || this.#random() < 0.6
    return isWritten ? `${content.fate}, ${this.append(this.#random() * 60)}` : content.fate
  }

  /** The source has had the time to look at what is there. */
  lookedAt(): void {
    this.#lookedAt = this.contents.length - 1
    const content = this.contents[this.#lookedAt]
    content.known = content.text.length
  }

  /** The source is stopped, and may not have found yet that contents have disappeared. */
  stopWatching(): void {
    for (const content of this.contents.slice(this.#lookedAt)) content.isUnwatched = true
  }

  append(most: number): string {
    let text = this.#rest
    for (let nth = 0; nth < most; nth++)
      text += `line ${++this.#count} ${'.'.repeat(Math.floor(this.#random() ** 3 * 60_000))}\n`
    const cut = this.#random() < 0.4 ? Math.floor(this.#random() * 30) : 0
    const size = Math.max(0, text.length - cut)
    this.#rest = text.slice(size)
    return this.#write(text.slice(0, size))
  }

  /** Writes the last line. */
  end(line: string): void {
    this.#write(`${this.#rest}${line}\n`)
  }

  #write(written: string): string {
    const isNew = !existsSync(this.path)
    appendFileSync(this.path, written)
    if (isNew) this.#begin()
    const content = this.contents[this.contents.length - 1]
    content.text += written
    return `append ${content.text.length}`
  }

  #copy(path: string): void {
    shift(path)
    copyFileSync(this.path, `${path}.1`)
  }

  #begin(): void {
    this.contents.push(new Content())
  }
}

function fateAt(roll: number): Fate {
  if (roll < 0.83) return 'truncated'
  if (roll < 0.89) return 'copied'
  return roll < 0.94 ? 'put aside' : 'renamed'
}

function shift(path: string): void {
  for (let number = 30; number >= 1; number--)
    if (existsSync(`${path}.${number}`)) renameSync(`${path}.${number}`, `${path}.${number + 1}`)
}
