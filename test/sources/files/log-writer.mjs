// Writes numbered lines and rotates the file, like programs and logrotate do.
// Arguments: file, kind of rotation, number of lines, lines per rotation, ms of pause after every 50 lines.
import {
  appendFileSync,
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  renameSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

const [file, kind, count, each] = [
  process.argv[2],
  process.argv[3],
  Number(process.argv[4]),
  Number(process.argv[5]),
]
const rest = Number(process.argv[6] ?? 1)
const KEPT = 1000

function shift() {
  for (let i = KEPT; i >= 1; i--)
    if (existsSync(`${file}.${i}`)) renameSync(`${file}.${i}`, `${file}.${i + 1}`)
}

function rotateByRename() {
  shift()
  renameSync(file, `${file}.1`)
}

function rotateByCopy() {
  shift()
  copyFileSync(file, `${file}.1`)
  truncateSync(file)
}

let fd = openSync(file, 'a')
for (let i = 1; i <= count; i++) {
  const line = `line ${i} ${'.'.repeat(i % 50)}\n`
  // Some lines are written in two pieces.
  if (i % 10 === 0) {
    writeSync(fd, line.slice(0, 4))
    writeSync(fd, line.slice(4))
  } else writeSync(fd, line)
  if (i % 50 === 0) await pause(rest)
  if (i % each !== 0 || i === count) continue
  if (kind === 'copy') rotateByCopy()
  else {
    rotateByRename()
    // A program that notices the rotation late still writes to the old file.
    if (kind === 'late') {
      i++
      writeSync(fd, `line ${i} late\n`)
    }
    closeSync(fd)
    fd = openSync(file, 'a')
  }
}
closeSync(fd)
appendFileSync(file, 'the end\n')
