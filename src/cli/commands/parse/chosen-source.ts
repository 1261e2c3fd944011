import { z } from 'zod'
import { pathEnvironment } from '../../../config/home.js'
import { findConfig, parseConfig } from '../../../config/load.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { hubConfig } from '../../../hub/config/index.js'
import { parseConfig as lineFormat } from '../../../sources/text/config.js'
import { type TextSource, textSources } from '../../../sources/text-sample.js'
import type { Io } from '../../io.js'
import type { ParseOptions } from './parse-options.js'

/** Formats that need no settings, the strictest first. */
const everyFormat = ['cri', 'docker', 'json', 'cef', 'access', 'syslog', 'logfmt', 'keyvalue'] as const

/** The source that the options mean. Throws TCN_USAGE, and the errors of a configuration. */
export function chosenSource(io: Io, { like: name, as, config }: ParseOptions): TextSource {
  if (as !== undefined && (name ?? config) !== undefined)
    throw new TocsinError('TCN_USAGE', 'give either --as, or a source with --like and --config')
  if (as !== undefined)
    return lineSource(parseConfig(z.object({ parse: lineFormat }), `parse: ${as}`, '--as').parse)
  if (name === undefined && config === undefined) return lineSource(lineFormat.parse([...everyFormat]))
  const { file = 'defaults', text, notes } = findConfig({ config, environment: pathEnvironment(io.env) })
  for (const note of notes) io.note(note)
  const sources = textSources(parseConfig(hubConfig, text, file).sources)
  const found =
    name === undefined && sources.length === 1 ? sources[0] : sources.find((each) => fullName(each) === name)
  if (found !== undefined) return found
  throw new TocsinError('TCN_USAGE', `${whichOf(name, file)}: ${listed(sources)}`)
}

/** Lines as a source of files would read them. */
function lineSource(parse: z.output<typeof lineFormat>): TextSource {
  return { kind: 'files', name: 'file', config: { parse } }
}

function fullName({ kind, name }: TextSource): string {
  return `${kind}/${name}`
}

function whichOf(name: string | undefined, file: string): string {
  return name === undefined
    ? `say with --like which source of text of ${file} is meant`
    : `${file} has no source of text ${JSON.stringify(name)}`
}

function listed(sources: readonly TextSource[]): string {
  return sources.length === 0 ? 'it has none' : `it has ${sources.map(fullName).join(', ')}`
}
