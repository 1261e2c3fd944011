/** The thread in which XPath expressions run, since nothing but its end can stop one that takes too long. */

import { readlinkSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'
import { workerData } from 'node:worker_threads'
import fontoxpath from 'fontoxpath'
import { decode } from '../../../event/msgpack/decoder.js'
import { threadPort } from '../../../processes/thread-port.js'
import { documentOf, viewFacade } from './dom.js'
import { type Done, type FromThread, READY, type Task, type TaskEvent, type ThreadData } from './messages.js'

const { progress, number } = workerData as ThreadData

/** The event loop comes first where there are few processors. The thread still gets a third of what others get. */
const NICER = 5
const MAX_NICE = 19

giveWay()

const port = threadPort()
port.on('message', (task: Task) => send(task.isCheck ? check(task) : evaluate(task)))
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

function check({ expression, events }: Task): Done {
  try {
    return { matches: events.map((event) => test(expression, event)) }
  } catch (error) {
    // Static errors are those of the expression, whatever the event is.
    const invalid = /XPST\d+.*/.exec(String(error))?.[0]
    return { matches: [], invalid }
  }
}

function evaluate({ expression, events }: Task): Done {
  const matches = events.map((event) => {
    const matched = testSafely(expression, event)
    Atomics.add(progress, 0, 1)
    return matched
  })
  return { matches }
}

function testSafely(expression: string, event: TaskEvent): boolean {
  try {
    return test(expression, event)
  } catch {
    return false
  }
}

function test(expression: string, { type, attributes, body }: TaskEvent): boolean {
  const data = decode(body, 0, body.length)
  const document = documentOf({ type, attributes, data })
  return fontoxpath.evaluateXPathToBoolean(expression, document, viewFacade, null, {
    namespaceResolver: () => '',
  })
}
