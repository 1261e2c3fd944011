/** A call of the traced process, with the numbers of the lines at which it began and ended. */
export interface SystemCall {
  name: string
  /** Its arguments as strace shows them, with bytes in hexadecimal. */
  text: string
  result: number
  began: number
  /** Infinite if the process was gone before. */
  ended: number
}

/** What strace follows to know what reaches the disk, and which threads share their files. */
export const TRACED = [
  'openat,open,creat,close,lseek,write,pwrite64,writev,pwritev,pwritev2,ftruncate,fsync,fdatasync',
  'rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat,rmdir,clone,clone3',
].join(',')

const WHOLE = /^(\d+) +(\w+)\((.*)\) += (-?\d+)/s
const BEGUN = /^(\d+) +(\w+)\((.*) <unfinished \.\.\.>$/s
const RESUMED = /^(\d+) +<\.\.\. \w+ resumed>(.*)\) += (-?\d+)/s

/**
 * Reads what `strace -f -xx` has written: the calls of the first process and its threads, in the order in which they had
 * effect, which is that of their ends. A descriptor is free before its `close` has ended, and may be another file by then.
 */
export function systemCalls(trace: string): SystemCall[] {
  const calls: (SystemCall & { thread: string })[] = []
  const open = new Map<string, SystemCall & { thread: string }>()
  for (const [line, text] of trace.split('\n').entries()) {
    const whole = WHOLE.exec(text)
    const begun = BEGUN.exec(text)
    const resumed = RESUMED.exec(text)
    if (resumed !== null) {
      const call = open.get(resumed[1])
      if (call === undefined) continue
      open.delete(resumed[1])
      calls.push({ ...call, text: call.text + resumed[2], result: Number(resumed[3]), ended: line })
    } else if (begun !== null) {
      const [, thread, name, args] = begun
      open.set(thread, { thread, name, text: args, result: 0, began: line, ended: Number.POSITIVE_INFINITY })
    } else if (whole !== null) {
      const [, thread, name, args, result] = whole
      calls.push({ thread, name, text: args, result: Number(result), began: line, ended: line })
    }
  }
  const all = [...calls, ...open.values()]
  const threads = threadsOf(all)
  return all
    .filter(({ thread, name }) => threads.has(thread) && !name.startsWith('clone'))
    .sort((one, other) => effectOf(one) - effectOf(other))
}

/** The line of the trace by which the call has had its effect. */
function effectOf({ name, began, ended }: SystemCall): number {
  return name === 'close' ? began : Math.min(ended, Number.MAX_SAFE_INTEGER)
}

/** Other processes that it starts have files of their own, and so have their threads. */
function threadsOf(calls: readonly (SystemCall & { thread: string })[]): Set<string> {
  const inOrder = [...calls].sort((one, other) => one.began - other.began)
  const threads = new Set([inOrder[0].thread])
  for (const { name, text, thread, result } of inOrder)
    if (name.startsWith('clone') && text.includes('CLONE_THREAD') && threads.has(thread))
      threads.add(String(result))
  return threads
}

/** The texts in quotes among the arguments: names, or the bytes of a write, of which there may be several parts. */
export function bytesIn({ text }: SystemCall): Buffer[] {
  return Array.from(text.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g), ([, hex]) =>
    Buffer.from(hex.replaceAll('\\x', ''), 'hex'),
  )
}
