import { relative } from 'node:path'
import { BaseSequencer } from 'vitest/node'
import { root } from '../steps.mjs'
import { readTimes } from './times.mjs'

/**
 * Begins the files that took longest in the last run first, so that no worker is left alone with one at the end. The
 * files of a project follow each other: a worker that changes the project loads all sources again.
 */
export class LongestFirst extends BaseSequencer {
  async sort(files) {
    const bySize = await super.sort(files)
    const times = readTimes()
    const known = ({ moduleId }) => times[relative(root, moduleId)] ?? Infinity
    const projects = [...new Set(bySize.map(({ project }) => project.name))].sort(byOrder)
    return projects.flatMap((name) =>
      bySize.filter(({ project }) => project.name === name).sort((a, b) => compare(known(b), known(a))),
    )
  }
}

const ORDER = ['readme', 'isolated', 'first', 'isolated-second', 'browser', 'second']

function byOrder(a, b) {
  return ORDER.indexOf(a) - ORDER.indexOf(b)
}

function compare(a, b) {
  return a === b ? 0 : a - b
}
