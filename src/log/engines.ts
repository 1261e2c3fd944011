import { asFields } from '../event/json/object.js'
import type { EventLog } from './event-log.js'
import { jetstreamEngine } from './jetstream/engine.js'
import { lmdbEngine } from './lmdb/engine.js'
import type { LogEngine, LogSettings, OpenLogOptions } from './log-engine.js'
import { memoryEngine } from './memory-log.js'

/** Every engine that `log.engine` in the configuration can name. The first is the default. */
export const logEngines: readonly LogEngine[] = [lmdbEngine, memoryEngine, jetstreamEngine]

/** Returns the engine with this name. The schema of the configuration allows no other names. */
export function logEngine(name: string): LogEngine {
  const engine = logEngines.find((each) => each.name === name)
  if (engine === undefined) throw new Error(`no log engine is called ${name}`)
  return engine
}

/** Opens the log that the section `log` of the configuration describes. */
export function openEventLog(
  config: LogSettings & { engine: string },
  options: Omit<OpenLogOptions, 'config' | 'settings'>,
): Promise<EventLog> {
  const settings = asFields(config)[config.engine]
  return logEngine(config.engine).open({ ...options, config, settings })
}
