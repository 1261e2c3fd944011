import { readdir, readFile } from 'node:fs/promises'

/** Sends a signal to all processes of a group. Returns false if there are none, or they may not be signalled. */
export function signalGroup(group: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-group, signal)
    return true
  } catch {
    return false
  }
}

/** Whether the group has a process that is not a zombie: in a container, nobody may collect those. */
export async function groupIsAlive(group: number): Promise<boolean> {
  if (!hasProcess(group)) return false
  const all = await processTable()
  return all === undefined || all.some((each) => each.group === group && each.alive)
}

function hasProcess(group: number): boolean {
  try {
    process.kill(-group, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

interface Process {
  pid: number
  group: number
  alive: boolean
}

/** All processes; undefined on systems without /proc. */
async function processTable(): Promise<Process[] | undefined> {
  if (process.platform !== 'linux') return undefined
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const all = await Promise.all(names.map(processOf))
  return all.filter((each) => each !== undefined)
}

async function processOf(pid: string): Promise<Process | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined)
  if (stat === undefined) return undefined
  // The name of the program is in parentheses, and may contain some itself.
  const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { pid: Number(pid), group: Number(group), alive: state !== 'Z' && state !== 'X' }
}

/** Ends processes at once that have this variable in their environment. Returns how many there were. */
export async function killByVariable(name: string, value: string): Promise<number> {
  const wanted = `${name}=${value}`
  const all = (await processTable()) ?? []
  const found = await Promise.all(all.map(async ({ pid }) => ((await hasVariable(pid, wanted)) ? [pid] : [])))
  return found.flat().filter(kill).length
}

async function hasVariable(pid: number, wanted: string): Promise<boolean> {
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
  return environment.split('\0').includes(wanted)
}

function kill(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL')
    return true
  } catch {
    return false
  }
}
