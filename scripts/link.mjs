/** Lets `npx tocsin` in this folder find the command, even where npx remembers a folder that had none. */
import { existsSync, lstatSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './steps.mjs'

const target = '../../bin/tocsin.mjs'

export function linkCommand() {
  const folder = join(root, 'node_modules/.bin')
  const link = join(folder, 'tocsin')
  if (isLink(link) && readlinkSync(link) === target && existsSync(link)) return
  mkdirSync(folder, { recursive: true })
  rmSync(link, { force: true })
  symlinkSync(target, link)
}

function isLink(path) {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true
}
