import { type TextWork, textWork } from '../../../config/commits/text-work.js'
import { parseConfig } from '../../../config/load.js'
import { type HubConfig, hubConfigUnder, hubSchema } from '../index.js'
import type { ThreadData } from './messages.js'

/** Reads the texts of a hub's configuration. */
export function hubTextWork({ file, override, profile }: ThreadData): TextWork<HubConfig> {
  const schema = hubConfigUnder(override)
  return textWork(
    () => hubSchema(profile),
    (text, name = file) => parseConfig(schema, text, name),
  )
}
