/** The thread in which XPath expressions run, since nothing but its end can stop one that takes too long. */

import { readlinkSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'
import { workerData } from 'node:worker_threads'
import { decode } from '../../../event/msgpack/decoder.js'
import { compileXPath } from '../../../filter/xpath/full/index.js'
import { threadPort } from '../../../processes/thread-port.js'
import { type Done, type FromThread, READY, type Task, type TaskEvent, type ThreadData } from './messages.js'

type XPathTest = ReturnType<typeof compileXPath>

/** The thread ends before there are many. */
const tests = new Map<string, XPathTest>()

const { progress, number } = workerData as ThreadData

/** The event loop comes first where there are few processors. The thread still gets a third of what others get. */
const NICER = 5
const MAX_NICE = 19

giveWay()

const port = threadPort()
port.on('message', (task: Task) => send(evaluate(task)))
send(READY)

/** On Linux, a priority applies to one thread, and its number counts as that of a process. */
function giveWay(): void {
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1))
    Atomics.store(number, 0, thread)
    setPriority(thread, Math.min(MAX_NICE, getPriority(thread) + NICER))
  } catch {
    // Other systems have no such file, and some services may not set priorities.
  }
}

function send(message: FromThread): void {
  port.postMessage(message)
}

function evaluate({ expression, events }: Task): Done {
  const matches = events.map((event) => {
    const matched = test(expression, event)
    Atomics.add(progress, 0, 1)
    return matched
  })
  return { matches }
}

function test(expression: string, { type, attributes, body }: TaskEvent): boolean {
  return testOf(expression)({ type, attributes, data: decode(body, 0, body.length) })
}

function testOf(expression: string): XPathTest {
  const known = tests.get(expression)
  if (known !== undefined) return known
  const made = compileXPath(expression)
  tests.set(expression, made)
  return made
}
