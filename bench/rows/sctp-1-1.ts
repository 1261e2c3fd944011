import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runInUserModeLinux } from '../../test/helpers/user-mode-linux.js'
import type { Benchmark } from '../harness/row.js'
import { median, pairedRatio, spread } from '../harness/statistics.js'

const BOOT_AND_WARM_UP = 60_000
const ROUND_SECONDS = 0.5

export const sctp1to1: Benchmark = {
  rows: [
    {
      name: 'sctp-1-1',
      what: 'SCTP 1→1, 200 B messages over loopback in User-Mode Linux; peer a C program with the same calls',
      unit: 'messages/s',
      judge: 'ratio-at-least',
      must: 0.5,
      aim: 0.8,
    },
  ],
  needs: ['linux.uml', 'cc'],
  async run(bench) {
    const home = bench.folder()
    mkdirSync(home, { recursive: true })
    const [peer, figures] = [join(home, 'sctp-peer'), join(home, 'figures.json')]
    execFileSync('cc', ['-O2', '-Wall', '-Wextra', '-o', peer, fromRoot('bench/sides/sctp-peer.c')])
    // Short rounds, since one processor runs both sides and other work of the host.
    const rounds = 4 * bench.rounds
    const output = await runInUserModeLinux({
      init: fromRoot('test/faults/sctp/kernel/init.sh'),
      home,
      program: fileURLToPath(new URL('../roles/sctp-kernel.js', import.meta.url)),
      environment: {
        TOCSIN_SCTP_ADDON: addon(),
        sctp_peer: peer,
        sctp_figures: figures,
        sctp_rounds: String(rounds),
        sctp_seconds: String(ROUND_SECONDS),
      },
      limit: BOOT_AND_WARM_UP + rounds * 2 * ROUND_SECONDS * 5000,
    })
    if (!existsSync(figures)) throw new Error(`The test kernel gave no figures:\n${output}`)
    const [own, plain] = JSON.parse(readFileSync(figures, 'utf8')) as number[][]
    return {
      'sctp-1-1': {
        value: median(own),
        peer: median(plain),
        ratio: pairedRatio(own, plain),
        notes: [`TypeScript: ${spread(own)}`, `C: ${spread(plain)}`],
      },
    }
  },
}

/** Returns a path in the checkout. The compiled benchmarks are in .cache/bench/bench/rows. */
function fromRoot(path: string): string {
  return fileURLToPath(new URL(`../../../../${path}`, import.meta.url))
}

function addon(): string {
  return fromRoot(`native/sctp/build/${process.platform}-${process.arch}.node`)
}
