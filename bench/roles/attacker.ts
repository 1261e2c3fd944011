import { setPriority } from 'node:os'
import { serveCalls } from '../harness/child.js'
import type { Size, Strike, Target } from '../hostile/attack.js'
import { soakAttacks } from '../hostile/index.js'

/** The lowest: an attacker would not share the processors with the hub. */
const NICE = 19

let target: Target
let strike: Strike

serveCalls({
  start(options: Target) {
    setPriority(NICE)
    target = options
  },
  async prepare(name: string, size: Size) {
    strike = await soakAttacks.find((attack) => attack.name === name)!.prepare(target, size)
  },
  strike: (seconds: number) => strike(seconds),
})
