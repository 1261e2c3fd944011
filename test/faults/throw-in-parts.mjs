// Loaded into a hub with --import: throws once where FAULT_AT says, in code whose path matches FAULT_IN, when the file
// FAULT_FILE exists.
import dgram from 'node:dgram'
import { EventEmitter } from 'node:events'
import { existsSync, unlinkSync } from 'node:fs'

const { FAULT_IN, FAULT_AT, FAULT_FILE } = process.env
const place = new RegExp(FAULT_IN)
Error.stackTraceLimit = 30

const isOfPart = () => place.test(new Error('where').stack)

function isDue() {
  if (!existsSync(FAULT_FILE)) return false
  unlinkSync(FAULT_FILE)
  return true
}

function fail() {
  if (FAULT_AT === 'rejection') void Promise.reject(new Error('injected'))
  else if (FAULT_AT === 'error event') new EventEmitter().emit('error', new Error('injected'))
  else if (FAULT_AT === 'tick') process.nextTick(thrown)
  else if (FAULT_AT === 'not an error') throw 'injected'
  else thrown()
}

function thrown() {
  throw new Error('injected')
}

const throwing = (callback) =>
  function (...args) {
    if (isDue()) fail()
    return callback.apply(this, args)
  }

/** Replaces the function by one that changes the callback at this place, if the part has given one. */
function intercept(object, name, at) {
  const original = object[name]
  object[name] = function (...args) {
    const index = at < 0 ? args.length + at : at
    if (typeof args[index] === 'function' && isOfPart()) args[index] = throwing(args[index])
    return original.apply(this, args)
  }
}

if (FAULT_AT === 'listener') {
  intercept(EventEmitter.prototype, 'on', 1)
  intercept(EventEmitter.prototype, 'once', 1)
} else if (FAULT_AT === 'answer') {
  const { send } = dgram.Socket.prototype
  dgram.Socket.prototype.send = function (...args) {
    if (isOfPart() && isDue()) fail()
    return send.apply(this, args)
  }
} else if (FAULT_AT === 'callback') {
  intercept(dgram.Socket.prototype, 'send', -1)
} else {
  intercept(globalThis, 'setTimeout', 0)
  intercept(globalThis, 'setImmediate', 0)
  intercept(EventEmitter.prototype, 'on', 1)
}
