import { hostname } from 'node:os'
import { nodeRuntime } from '../../../hub/node-runtime.js'
import { finished } from '../../../incremental/steps.js'
import { LineRecords } from '../../../sources/text/line-records.js'
import type { Line } from '../../../sources/text/line-splitter.js'
import { joinerOf } from '../../../sources/text/record-joiner.js'
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
  const records = new LineRecords(maxLine, joinerOf(source.config)?.())
  const show = async (line: Line) => {
    const event = sample.eventOf(line, file)
    const read = sample.text.parser?.last
    const row = { number: counts.add(event === undefined, read), event, read, format: counts.formatOf(read) }
    await report(io, format, [lines.data(row)], () => lines.lines(row))
  }
  for await (const chunk of readChunks(io, file)) {
    records.feed(chunk)
    for (let line = records.next(); line; line = records.next()) await show(line)
  }
  for (let line = records.rest(); line; line = records.rest()) await show(line)
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
