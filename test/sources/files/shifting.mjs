// Shifts the names of rotated files up and down again, as logrotate does, until it is ended. Argument: the file.
import { renameSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

const file = process.argv[2]
const COUNT = 20
const name = (n) => (n === 0 ? file : `${file}.${n}`)

process.stdout.write('shifting\n')
for (;;) {
  for (let n = COUNT; n > 0; n--) renameSync(name(n - 1), name(n))
  writeFileSync(file, '')
  for (let n = 0; n < COUNT; n++) renameSync(name(n + 1), name(n))
  await pause(50)
}
