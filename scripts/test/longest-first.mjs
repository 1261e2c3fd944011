import { relative } from 'node:path'
import { BaseSequencer } from 'vitest/node'
import { root } from '../steps.mjs'
import { readTimes } from './times.mjs'

/** A worker that changes the project loads all sources again, which is most of the time of a file of one process. */
const ORDER = ['readme', 'isolated', 'first']

/** Begins the files that took longest in the last run first, so that no worker is left alone with one at the end. */
export class LongestFirst extends BaseSequencer {
  async sort(files) {
    const times = readTimes()
    const timeOf = ({ moduleId }) => times[relative(root, moduleId)] ?? Infinity
    const bySize = await super.sort(files)
    return bySize.sort((one, other) => placeOf(one) - placeOf(other) || compare(timeOf(other), timeOf(one)))
  }
}

/** Those that wait for programs mix with those that keep a processor busy. */
function placeOf({ project }) {
  const place = ORDER.indexOf(project.name)
  return place < 0 ? ORDER.length : place
}

function compare(one, other) {
  return one === other ? 0 : one - other
}
