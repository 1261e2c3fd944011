import type { SourceContext, SourceHealth } from '../source.js'
import type { ParseConfig } from './config.js'
import { type TableContext, TableFiles } from './table-files.js'
import { TextParser } from './text-parser.js'
import { Transform } from './transform.js'
import type { TransformStep } from './transform-config.js'

/** The settings of every source of text. */
export interface TextConfig {
  parse?: readonly ParseConfig[]
  transform?: readonly TransformStep[]
}

/** The part of the hub that is needed. */
export interface TextContext {
  readonly runtime: TableContext['runtime']
  readonly longWork: Pick<SourceContext['longWork'], 'run'>
}

/** Reads fields from the texts of a source, and changes the data of its events, as the configuration says. */
export class TextStage {
  readonly parser: TextParser | undefined
  readonly #tables = new TableFiles()
  readonly #transform: Transform

  constructor({ parse, transform = [] }: TextConfig) {
    this.parser = parse && new TextParser(parse)
    this.#transform = new Transform(transform, (file) => this.#tables.table(file))
  }

  /** Resolves when the tables are read that the configuration names. */
  start({ runtime, longWork }: TextContext): Promise<void> {
    return this.#tables.start({ runtime, run: (steps) => longWork.run('tables', steps) })
  }

  stop(): void {
    this.#tables.stop()
  }

  /** Changes the data of an event, and returns it. */
  transformed<Data>(data: Data): Data {
    return this.#transform.apply(data)
  }

  /** Why a table cannot be read. */
  get fault(): string | undefined {
    return this.#tables.fault
  }

  /** Adds to the health of the source. */
  addTo({ state, reason, details }: SourceHealth): SourceHealth {
    const { fault, sizes } = this.#tables
    const tables = Object.keys(sizes).length > 0 && { tables: sizes }
    return {
      state: fault === undefined ? state : 'degraded',
      reason: reason ?? fault,
      details: { ...details, ...this.parser?.details(), ...tables },
    }
  }
}
