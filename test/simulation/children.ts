import { type ChildProcess, fork } from 'node:child_process'

/** Most of what a world makes is soon garbage. */
const YOUNG = ['--max-semi-space-size=32']

/** Gives seeds to child processes, each the next one when it has finished one. Results come in the order of the seeds. */
export async function inChildren<Result>(
  program: string,
  jobs: number,
  seeds: readonly number[],
  take: (result: Result) => void,
): Promise<void> {
  const results = new Map<number, Result>()
  let next = 0
  let taken = 0
  const finished = (index: number, result: Result): void => {
    results.set(index, result)
    for (let ready = results.get(taken); ready !== undefined; ready = results.get(taken)) {
      results.delete(taken++)
      take(ready)
    }
  }
  const serve = (child: ChildProcess): Promise<void> =>
    new Promise((resolve, reject) => {
      let index = -1
      const give = () => {
        index = next++
        if (index < seeds.length) child.send(seeds[index])
        else child.disconnect()
      }
      child.on('message', (result) => {
        finished(index, result as Result)
        give()
      })
      child.once('exit', (code) => {
        if (index >= seeds.length) resolve()
        else reject(new Error(`the process of seed ${seeds[index]} has ended with ${code}`))
      })
      give()
    })
  await Promise.all(
    Array.from({ length: jobs }, () => serve(fork(program, ['--child'], { execArgv: YOUNG }))),
  )
}

/** In a child: runs each seed that the parent sends. */
export function serveSeeds(run: (seed: number) => unknown): void {
  process.on('message', (seed) => setImmediate(() => process.send?.(run(Number(seed)))))
}
