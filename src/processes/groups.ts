import { codeOf } from '../errors/thrown.js'
import type { Runtime } from '../event/runtime.js'
import { processTable } from './process-table.js'

/** Sends a signal to all processes of a group. Returns false if there are none, or they may not be signalled. */
export function signalGroup(group: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-group, signal)
    return true
  } catch {
    return false
  }
}

/** Returns whether the group has a process that is not a zombie. */
export async function groupIsAlive(group: number, runtime: Pick<Runtime, 'soon'>): Promise<boolean> {
  if (!hasProcess(group)) return false
  const all = await processTable(runtime)
  return all === undefined || all.some((each) => each.group === group)
}

function hasProcess(group: number): boolean {
  try {
    process.kill(-group, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}
