import { hostname } from 'node:os'
import { nodeRuntime } from '../../../hub/node-runtime.js'
import { finished } from '../../../incremental/steps.js'
import { type Line, LineSplitter } from '../../../sources/text/line-splitter.js'
import { joinerOf, type RecordJoiner } from '../../../sources/text/record-joiner.js'
import { TextSample } from '../../../sources/text-sample.js'
import { Exit } from '../../help/exit-codes.js'
import { Ending, type Io } from '../../io.js'
import { report } from '../../output/report.js'
import { formatCount } from '../../terminal/figures.js'
import { readChunks } from '../../terminal/input.js'
import { tableLines } from '../../terminal/table.js'
import { chosenSource } from './chosen-source.js'
import { ParseCounts } from './parse-counts.js'
import type { ParseOptions } from './parse-options.js'
import { ParsedLines } from './parsed-lines.js'

const MAX_LINE = 64 * 1024

export async function parseFile(io: Io, file: string, options: ParseOptions): Promise<void> {
  const source = chosenSource(io, options)
  const format = options.json === true ? 'json' : options.format
  const runtime = nodeRuntime()
  const sample = new TextSample(source, { hostname: hostname(), now: () => runtime.now() })
  await sample.text.start({ runtime, longWork: { run: async (_, steps) => finished(steps) } })
  sample.text.stop()
  if (sample.text.fault !== undefined) io.note(sample.text.fault)
  const counts = new ParseCounts(source.config.parse ?? [])
  const lines = new ParsedLines(io)
  const { maxLine = MAX_LINE } = source.config
  const records = new FileRecords(new LineSplitter(maxLine, 0, false), joinerOf(source.config)?.())
  const show = async (line: Line) => {
    const event = sample.eventOf(line, file)
    const read = sample.text.parser?.last
    const row = { number: counts.add(event === undefined, read), event, read, format: counts.formatOf(read) }
    await report(io, format, [lines.data(row)], () => lines.lines(row))
  }
  for await (const chunk of readChunks(io, file)) for (const line of records.of(chunk)) await show(line)
  for (const line of records.rest()) await show(line)
  await report(io, format, [{ summary: counts.summary() }], () => [
    '',
    ...tableLines(
      [
        { title: 'READ BY', text: ({ by }) => by },
        { title: 'LINES', text: ({ lines }) => formatCount(lines), right: true },
      ],
      counts.rows(),
      io.out.columns,
    ),
  ])
  if (options.strict === true && counts.isIncomplete)
    throw new Ending(Exit.gap, 'lines were not understood, or values not converted')
}

/** Lines of bytes that arrive in pieces, joined where they belong together. */
class FileRecords {
  readonly #splitter: LineSplitter
  readonly #joiner: RecordJoiner | undefined

  constructor(splitter: LineSplitter, joiner: RecordJoiner | undefined) {
    this.#splitter = splitter
    this.#joiner = joiner
  }

  *of(chunk: Uint8Array): Generator<Line> {
    this.#splitter.feed(chunk)
    for (let line = this.#splitter.line(); line !== undefined; line = this.#splitter.line())
      yield* this.#joined(line)
  }

  *rest(): Generator<Line> {
    const rest = this.#splitter.rest()
    if (rest !== undefined) yield* this.#joined({ ...rest, partial: false })
    const record = this.#joiner?.flush()
    if (record !== undefined) yield record
  }

  *#joined(line: Line): Generator<Line> {
    const record = this.#joiner === undefined ? line : this.#joiner.add(line)
    if (record !== undefined) yield record
  }
}
