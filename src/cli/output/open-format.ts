import { TocsinError } from '../../errors/tocsin-error.js'
import type { FormatName } from '../help/options.js'
import { type EventFormat, frameFormat, jsonFormat, rawFormat, type View } from './formats.js'
import type { TimeStyle } from './times.js'

export interface FormatChoice {
  format?: string
  fields?: string
  template?: string
  time?: TimeStyle
}

/** Opens the requested format; only then its code is loaded. */
export async function openFormat(choice: FormatChoice, view: View, terminal: boolean): Promise<EventFormat> {
  const format = await load(choice, view)
  if (!format.binary || !terminal) return format
  throw new TocsinError(
    'TCN_USAGE',
    `${choice.format} writes bytes, not text: send it to a file or a program`,
  )
}

async function load({ format, fields, template, time }: FormatChoice, view: View): Promise<EventFormat> {
  if (/\b(?:severity|host)\b/.test(`${fields} ${template}`)) view.derived = await derivedByType()
  if (fields !== undefined) return (await import('./fields.js')).fieldsFormat(fields, view, time)
  if (template !== undefined) return (await import('./fields.js')).templateFormat(template, view, time)
  switch (format as FormatName) {
    case 'json':
      return jsonFormat(await cloudEvents(view))
    case 'yaml':
      return (await import('./yaml.js')).yamlFormat(await cloudEvents(view))
    case 'raw':
      return rawFormat()
    case 'frame':
      return frameFormat()
    case 'long':
      return (await import('./line.js')).longFormat(view, time)
    default:
      return (await import('./line.js')).lineFormat(view, time)
  }
}

/** Returns whether the format shows the types of events, for which the hub is asked. */
export function needsTypes({ format, fields, template }: FormatChoice): boolean {
  if (fields !== undefined || template !== undefined) return /\btype\b/.test(`${fields} ${template}`)
  return format !== 'raw' && format !== 'frame'
}

/** By the rules of the types that this program knows. */
async function derivedByType() {
  const [{ eventTypes }, { hubTypes, TypeRegistry }, { derivedAttributes }] = await Promise.all([
    import('../../hub/event-types.js'),
    import('../../types/index.js'),
    import('../../types/derived-attributes.js'),
  ])
  return derivedAttributes(new TypeRegistry(hubTypes, ...eventTypes))
}

/** The epoch of the log in which an event is that an edge hub has answered with. */
function logOf({ attributes }: Parameters<EventFormat['encode']>[0], { epoch }: View): string {
  const { edge, tocsinpath = '' } = attributes
  return edge === undefined ? epoch : (String(tocsinpath).split('.').at(-1) ?? epoch)
}

async function cloudEvents(view: View) {
  const { toCloudEvent } = await import('../../event/cloudevents.js')
  return (event: Parameters<EventFormat['encode']>[0]) =>
    toCloudEvent(event, view.namesEdges ? { ...view, epoch: logOf(event, view) } : view)
}
