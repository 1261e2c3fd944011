import type { ReloadReport } from '../bus/method-types.js'

/** What reading the configuration again has done. */
export function reloadText({ file, applied, restart }: ReloadReport): string {
  const parts = [
    ...(applied.length > 0 ? [`in force now: ${applied.join(', ')}`] : []),
    ...(restart.length > 0 ? [`waits for a restart: ${restart.join(', ')}`] : []),
  ]
  return `${file ?? 'no configuration file'} read again: ${parts.join('; ') || 'nothing has changed'}`
}
