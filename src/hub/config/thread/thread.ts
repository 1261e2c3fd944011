/** The thread in which long texts of the configuration are read, while the hub continues with its work. */

import { workerData } from 'node:worker_threads'
import { toTocsinError } from '../../../errors/tocsin-error.js'
import { threadPort } from '../../../processes/thread-port.js'
import { hubTextWork } from './hub-text-work.js'
import { type Done, type FromThread, READY, type Task, type ThreadData } from './messages.js'

const work = hubTextWork(workerData as ThreadData)

const port = threadPort()
port.on('message', (task: Task) => send(done(task)))
send(READY)

function send(message: FromThread): void {
  port.postMessage(message)
}

function done({ name, given }: Task): Done {
  try {
    return { result: (work[name] as (...given: readonly unknown[]) => unknown)(...given) }
  } catch (thrown) {
    const { code, message, details } = toTocsinError(thrown, 'TCN_CONFIG_SYNTAX')
    return { error: { code, message, details } }
  }
}
