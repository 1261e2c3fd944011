import { type MessagePort, parentPort } from 'node:worker_threads'

/** Returns the port to the thread that has started this one. */
export function threadPort(): MessagePort {
  if (parentPort === null) throw new Error('only a thread has a port')
  return parentPort
}
