// Loaded into a hub with --import: throws once where FAULT_AT says, in code whose path matches FAULT_IN and also what the
// file FAULT_FILE says, when it exists.
import dgram from 'node:dgram'
import { EventEmitter } from 'node:events'
import { existsSync, readFileSync, unlinkSync } from 'node:fs'

const { FAULT_IN, FAULT_AT, FAULT_FILE } = process.env
const place = new RegExp(FAULT_IN)
Error.stackTraceLimit = 30

/** Returns where the part has called this; undefined if no part has. */
function placeInPart() {
  const { stack } = new Error('where')
  return place.test(stack) ? stack : undefined
}

function isDue(where) {
  if (!existsSync(FAULT_FILE) || !new RegExp(readFileSync(FAULT_FILE, 'utf8')).test(where)) return false
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

const throwing = (callback, where) =>
  function (...args) {
    if (isDue(where)) fail()
    return callback.apply(this, args)
  }

/** Replaces the function by one that changes the callback at this place, if the part has given one. */
function intercept(object, name, at) {
  const original = object[name]
  object[name] = function (...args) {
    const index = at < 0 ? args.length + at : at
    const where = typeof args[index] === 'function' ? placeInPart() : undefined
    if (where !== undefined) args[index] = throwing(args[index], where)
    return original.apply(this, args)
  }
}

if (FAULT_AT === 'listener') {
  intercept(EventEmitter.prototype, 'on', 1)
  intercept(EventEmitter.prototype, 'once', 1)
} else if (FAULT_AT === 'answer') {
  const { send } = dgram.Socket.prototype
  dgram.Socket.prototype.send = function (...args) {
    const where = placeInPart()
    if (where !== undefined && isDue(where)) fail()
    return send.apply(this, args)
  }
} else if (FAULT_AT === 'callback') {
  intercept(dgram.Socket.prototype, 'send', -1)
} else {
  intercept(globalThis, 'setTimeout', 0)
  intercept(globalThis, 'setImmediate', 0)
  intercept(EventEmitter.prototype, 'on', 1)
}
