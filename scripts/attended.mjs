/** Runs programs that take long, with the time they have taken so far. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { root, StepFailed, say } from './steps.mjs'

/** Interval at which the elapsed time is shown if it cannot be updated in place, ms. */
const REPEAT_MS = 10_000
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * Runs a program and resolves with its exit code. `onLine` gets each line of its stderr; lines for which it returns
 * true are not shown. `state()` is shown next to the elapsed time. `onStart` gets a function that prints lines of one's
 * own. A signal that stops this process stops the program.
 */
export async function runAttended(
  label,
  command,
  args,
  { onLine = () => false, state = () => '', onStart = () => {}, ...options } = {},
) {
  const progress = new Progress(label, state)
  onStart((line) => progress.print(line))
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options })
  const stop = (signal) => {
    progress.end()
    child.kill(signal)
    child.once('close', () => process.exit(128 + { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }[signal]))
  }
  for (const signal of signals) process.on(signal, stop)
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      if (!onLine(line)) progress.print(line)
    })
  }
  const [error, status] = await new Promise((resolve) => {
    child.once('error', (thrown) => resolve([thrown, 1]))
    child.once('close', (code) => resolve([undefined, code ?? 1]))
  })
  for (const signal of signals) process.off(signal, stop)
  progress.end()
  if (error) throw new StepFailed(`${command} cannot be run: ${error.message}`)
  return status
}

/** One line on a terminal, which is updated; a line now and then elsewhere. */
class Progress {
  #label
  #state
  #started = Date.now()
  #timer
  #isTerminal = process.stderr.isTTY === true

  constructor(label, state) {
    this.#label = label
    this.#state = state
    if (this.#isTerminal) this.#draw()
    else say(`${label} …`)
    this.#timer = setInterval(() => this.#draw(), this.#isTerminal ? 250 : REPEAT_MS)
  }

  print(line) {
    this.#clear()
    say(line)
  }

  end() {
    clearInterval(this.#timer)
    this.#clear()
    say(this.#text())
  }

  #draw() {
    if (this.#isTerminal) process.stderr.write(`\r\x1b[K${this.#text()}`)
    else say(this.#text())
  }

  #clear() {
    if (this.#isTerminal) process.stderr.write('\r\x1b[K')
  }

  #text() {
    const state = this.#state()
    const seconds = ((Date.now() - this.#started) / 1000).toFixed(0)
    return `${this.#label} … ${seconds} s${state === '' ? '' : `, ${state}`}`
  }
}
