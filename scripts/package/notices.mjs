/** The notices that the licences of packages ask for in copies of them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { about, parts } from './parts.mjs'

/** The file of the build, in `dist`. */
export const NOTICES = 'NOTICES.txt'

const LICENCE_FILE = /^(licen[cs]e|copying|copyright|notice)([.-].*)?$/i
const RULE = '-'.repeat(80)

/** Libraries in the addon of lmdb, by the folder of their sources. */
const IN_LMDB = { LMDB: 'dependencies/lmdb/libraries/liblmdb', LZ4: 'dependencies/lz4/lib' }

export function notices({ executable = false } = {}) {
  const packages = parts({ executable })
  const sections = packages.map((each) => section(`${each.name} ${each.version}`, noticeOf(each)))
  const lmdb = packages.find(({ name }) => name === 'lmdb')
  for (const [name, path] of Object.entries(IN_LMDB))
    sections.push(
      section(`${name}, in the addon of lmdb`, licenceTexts(join(lmdb.folder, path)).join('\n\n')),
    )
  if (executable) sections.push(section(`Node.js ${process.versions.node}`, nodeLicence()))
  return `Tocsin contains the packages below. These are their licences.\n\n${sections.join('\n')}`
}

function section(title, text) {
  return `${RULE}\n${title}\n${RULE}\n\n${text}\n`
}

function noticeOf({ folder, license }) {
  const texts = licenceTexts(folder)
  if (texts.length > 0) return texts.join('\n\n')
  const { author, contributors = [] } = about(folder)
  const names = [author, ...contributors].filter(Boolean).map((each) => each.name ?? each)
  return `Licence: ${license}. The package has no file with its text.\nBy ${names.join(', ') || 'its contributors'}.${
    license === 'MIT' ? `\n\n${MIT}` : ''
  }`
}

function licenceTexts(folder) {
  return readdirSync(folder)
    .filter((name) => LICENCE_FILE.test(name))
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8').trim())
}

/** Node.js is delivered with its licence, which has those of its parts too, in the folder above that of the program. */
function nodeLicence() {
  const folder = dirname(dirname(process.execPath))
  const places = [folder, join(folder, 'share/doc/nodejs'), join(folder, 'share/doc/node')]
  const found = places
    .flatMap((place) => ['LICENSE', 'copyright'].map((name) => join(place, name)))
    .find((file) => existsSync(file))
  if (found !== undefined) return readFileSync(found, 'utf8').trim()
  return `MIT, with the licences of its parts: https://raw.githubusercontent.com/nodejs/node/v${process.versions.node}/LICENSE`
}

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`
