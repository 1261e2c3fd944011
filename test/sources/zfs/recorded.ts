import type { Outcome, RunProgram } from '../../../src/sources/run-program.js'

const failed = (message: string): Outcome => ({ code: 2, output: '', message })
const printed = (output: string): Outcome => ({ code: 0, output, message: '' })

type Answers = Record<string, Outcome>

/** `zpool` and `zfs` that print what was recorded, by the words of the command that they begin with. */
export function recorded(answers: Answers): { run: RunProgram; asked: string[] } {
  const asked: string[] = []
  const run: RunProgram = async (program, args) => {
    const command = [program, ...args].join(' ')
    asked.push(command)
    const found = Object.keys(answers).find((known) => command === known)
    if (!found) throw new Error(`nothing is recorded for: ${command}`)
    return answers[found]
  }
  return { run, asked }
}

export const ALL = 'zpool list -H -o name,size,alloc,free,frag,expandsz,dedup,cap,health,altroot'
export const OLD = 'zpool list -H -o name,size,alloc,free,dedup,cap,health,altroot'
export const IDS = 'zpool list -H -o name,guid'
export const EXACT = 'zfs list -p -H -t snapshot -o name,createtxg,creation'
export const DATED = 'zfs list -H -t snapshot -o name,createtxg,creation'

/** A mirror of zfs-fuse 0.7.0 (pool version 23), one disk of which is offline. */
export const zfsFuse: Answers = {
  [ALL]: failed(
    "bad property list: invalid property 'frag'\nusage:\n\tlist [-H] [-o property[,...]] [pool] ...\n",
  ),
  [OLD]: printed('tank\t95.5M\t198K\t95.3M\t1.00x\t0%\tDEGRADED\t-\n'),
  [IDS]: printed('tank\t6411910811970487075\n'),
  [EXACT]: failed("invalid option 'p'\nusage:\n\tlist [-rH][-d max] [-o property[,...]]\n"),
  [DATED]: printed('tank@a\t10\tSat Nov 21 16:06 2026\ntank@b\t15\tSat Nov 21 16:06 2026\n'),
}

/** A mirror of OpenZFS 2.1.11; 2.2 and 2.3 print the same columns. */
export const openZfs: Answers = {
  [ALL]: printed('tank\t112M\t476K\t112M\t2%\t-\t1.00x\t0%\tONLINE\t-\n'),
  [IDS]: printed('tank\t6411910811970487075\n'),
  [EXACT]: printed('tank/home@auto-2026-11-20-04-00-00\t42\t1795147200\n'),
}

/** OpenZFS without its kernel modules. */
export const notLoaded: Answers = {
  [ALL]: {
    code: 1,
    output: '',
    message: "The ZFS modules are not loaded.\nTry running '/sbin/modprobe zfs' as root to load them.\n",
  },
}

export { failed, printed }
