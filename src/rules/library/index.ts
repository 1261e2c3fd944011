import type { z } from 'zod'
import { type RulesConfig, rulesConfig } from '../config.js'
import { auth } from './auth.js'
import { disk } from './disk.js'
import { hub } from './hub.js'
import { jobs } from './jobs.js'
import { kernel } from './kernel.js'
import type { KitName } from './kit-names.js'
import { net } from './net.js'
import { time } from './time.js'

const kits: Readonly<Record<KitName, z.input<typeof rulesConfig>>> = {
  ...{ auth, jobs, kernel, disk, net, time, hub },
}

const read = new Map<KitName, RulesConfig>()

/** The rules of a kit, by their names. */
export function rulesOfKit(kit: KitName): RulesConfig {
  const known = read.get(kit) ?? rulesConfig.parse(kits[kit])
  read.set(kit, known)
  return known
}

/** The rules of the kits and of the configuration, of which those with the name of a ready one take its place. */
export function allRules({
  ruleKits,
  rules,
}: {
  ruleKits: readonly KitName[]
  rules: RulesConfig
}): RulesConfig {
  return { ...Object.assign({}, ...ruleKits.map(rulesOfKit)), ...rules }
}
