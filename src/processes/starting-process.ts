import type { Socket } from 'node:net'
import type { ProgramNews, StartRequest } from './program-starter.js'
import { startProgram } from './start-program.js'

// The process that starts programs for a hub. It ends when the hub does, and not by signals to both.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined)
process.on('disconnect', () => process.exit())
process.on('message', ({ id, program }: StartRequest, output: Socket) =>
  startProgram(program, output, {
    started: (started) => tell({ id, started }),
    ended: (ended) => tell({ id, ended }),
  }),
)

function tell(news: ProgramNews): void {
  process.send?.(news)
}
