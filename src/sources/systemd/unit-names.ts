import { isGlob } from '../../filter/fnmatch.js'
import { globTest } from '../../filter/glob-bits.js'

const TYPE = /\.(service|socket|target|device|mount|automount|swap|timer|path|slice|scope)$/

/** Returns whether a unit is one that `systemctl` shows for these names and patterns. */
export function unitTest(chosen: readonly string[]): (unit: string) => boolean {
  const tests = chosen.map((each) => globTest(isGlob(each) || TYPE.test(each) ? each : `${each}.service`))
  return (unit) => tests.some((test) => test(unit))
}
