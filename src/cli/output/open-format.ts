import { TocsinError } from '../../event/errors.js'
import type { EventFormat, View } from './format.js'
import type { FormatName } from './names.js'

export interface FormatChoice {
  format?: string
  fields?: string
  template?: string
}

/** The format asked for; its code, and what it needs from others, is loaded only now. */
export async function openFormat(choice: FormatChoice, view: View, terminal: boolean): Promise<EventFormat> {
  const format = await load(choice, view)
  if (!format.binary || !terminal) return format
  throw new TocsinError(
    'TCN_USAGE',
    `${choice.format} writes bytes, not text: send it to a file or a program`,
  )
}

async function load({ format, fields, template }: FormatChoice, view: View): Promise<EventFormat> {
  if (fields !== undefined) return (await import('./fields.js')).fieldsFormat(fields, view)
  if (template !== undefined) return (await import('./template.js')).templateFormat(template, view)
  switch (format as FormatName) {
    case 'json':
      return (await import('./json.js')).jsonFormat(await cloudEvents(view))
    case 'yaml':
      return (await import('./yaml.js')).yamlFormat(await cloudEvents(view))
    case 'raw':
      return (await import('./raw.js')).rawFormat()
    case 'frame':
      return (await import('./frame.js')).frameFormat()
    default:
      return (await import('./line.js')).lineFormat(view)
  }
}

/** Do the events of this format show their type? Then the hub is asked for its types. */
export function needsTypes({ format, fields, template }: FormatChoice): boolean {
  return format === 'json' || format === 'yaml' || /\btype\b/.test(`${fields ?? ''} ${template ?? ''}`)
}

async function cloudEvents(view: View) {
  const { toCloudEvent } = await import('../../event/cloudevents.js')
  return (event: Parameters<EventFormat['encode']>[0]) => toCloudEvent(event, view)
}
