import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { finished } from '../../../../src/incremental/steps.js'
import { mibAssignments } from '../../../../src/sources/snmp/mib/assignments.js'
import { mibNames } from '../../../../src/sources/snmp/mib/names.js'
import { readMibs } from '../../../../src/sources/snmp/mib/read-mibs.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'
import { requireTool } from '../../../helpers/tools.js'

const ACME = `ACME-MIB DEFINITIONS ::= BEGIN
IMPORTS enterprises, OBJECT-TYPE, NOTIFICATION-TYPE FROM SNMPv2-SMI;  -- "not a text
acme MODULE-IDENTITY
    LAST-UPDATED "202611230000Z"
    DESCRIPTION "A text with -- and ::= { in it"
    ::= { enterprises 99999 }
acmeTraps OBJECT IDENTIFIER ::= { acme 0 }
acmeTable OBJECT-TYPE
    SYNTAX SEQUENCE OF AcmeEntry MAX-ACCESS not-accessible STATUS current
    ::= { acme things(1) 2 }
acmeEntry OBJECT-TYPE SYNTAX AcmeEntry INDEX { acmeIndex } ::= { acmeTable 1 }
AcmeEntry ::= SEQUENCE { acmeIndex INTEGER }
acmeIndex OBJECT-TYPE SYNTAX INTEGER { up(1), down(2) } DEFVAL { up } ::={acmeEntry 1}
acmeDown NOTIFICATION-TYPE OBJECTS { acmeIndex } STATUS current ::= { acmeTraps 7 }
acmeOld TRAP-TYPE ENTERPRISE acme VARIABLES { acmeIndex } ::= 3
lost OBJECT IDENTIFIER ::= { fromElsewhere 1 }
round OBJECT IDENTIFIER ::= { trip 1 }
trip OBJECT IDENTIFIER ::= { round 1 }
END
`

const namesIn = (...texts: string[]) =>
  finished(mibNames(texts.flatMap((text) => finished(mibAssignments(text)))))

it('a module names objects, notifications and traps of version 1', () => {
  const { names, unknown } = namesIn(ACME)
  expect(Object.fromEntries(names)).toEqual({
    '1.3.6.1.4.1.99999': 'acme',
    '1.3.6.1.4.1.99999.0': 'acmeTraps',
    '1.3.6.1.4.1.99999.1.2': 'acmeTable',
    '1.3.6.1.4.1.99999.1.2.1': 'acmeEntry',
    '1.3.6.1.4.1.99999.1.2.1.1': 'acmeIndex',
    '1.3.6.1.4.1.99999.0.7': 'acmeDown',
    '1.3.6.1.4.1.99999.0.3': 'acmeOld',
  })
  expect(unknown).toBe(3)
})

it('files may come in any order, and the same name is another one in each module', () => {
  const one = 'A DEFINITIONS ::= BEGIN x OBJECT IDENTIFIER ::= { products 1 } END'
  const two = 'B DEFINITIONS ::= BEGIN products OBJECT IDENTIFIER ::= { enterprises 5 } END'
  const three =
    'C DEFINITIONS ::= BEGIN products OBJECT IDENTIFIER ::= { enterprises 6 } y OBJECT IDENTIFIER ::= { products 1 } END'
  expect(Object.fromEntries(namesIn(one, two, three).names)).toMatchObject({
    '1.3.6.1.4.1.5.1': 'x',
    '1.3.6.1.4.1.6.1': 'y',
  })
})

it('the names of all files of Net-SNMP are those that its own tool gives', async () => {
  requireTool('snmptrap')
  const { names } = await readMibs(['/usr/share/snmp/mibs'], async (steps) => finished(steps))
  const oids = [...names].filter(([oid]) => oid.startsWith('1.3.6.1.4.1.')).slice(0, 400)
  expect(oids.length).toBeGreaterThan(200)
  const asked = execFileSync(
    'snmptranslate',
    ['-M', '/usr/share/snmp/mibs:node_modules/net-snmp/lib/mibs', '-m', 'ALL', ...oids.map(([oid]) => oid)],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  )
  const given = asked.split(/\n+/).map((line) => line.split('::')[1])
  const different = oids.flatMap(([oid, name], at) =>
    given[at] === name ? [] : [`${oid} ${name} ${given[at]}`],
  )
  expect(different).toEqual([])
})

it('a file that is missing is named', async () => {
  const missing = join(temporaryFolder('mibs'), 'NONE-MIB.txt')
  await expect(readMibs([missing], async (steps) => finished(steps))).rejects.toThrow('NONE-MIB.txt')
})

it('files in a folder are read, whatever is in them', async () => {
  const folder = temporaryFolder('mibs')
  writeFileSync(join(folder, 'ACME-MIB.txt'), ACME)
  writeFileSync(join(folder, 'README'), 'no module "at all ::= {')
  const { names } = await readMibs([folder], async (steps) => finished(steps))
  expect(names.get('1.3.6.1.4.1.99999.0.7')).toBe('acmeDown')
})

it('of a folder in the home folder, links to files are read, and those to folders and to nothing are not', async () => {
  const home = temporaryFolder('mibs')
  mkdirSync(join(home, 'mibs/others'), { recursive: true })
  writeFileSync(join(home, 'ACME-MIB.txt'), ACME)
  symlinkSync('../ACME-MIB.txt', join(home, 'mibs/ACME-MIB.txt'))
  symlinkSync('others', join(home, 'mibs/more'))
  symlinkSync('NONE-MIB.txt', join(home, 'mibs/GONE-MIB.txt'))
  const { names } = await readMibs(['~/mibs'], async (steps) => finished(steps), { home })
  expect(names.get('1.3.6.1.4.1.99999.0.7')).toBe('acmeDown')
})

it('any text is read in time that grows with its length', () => {
  const words = fc.constantFrom(
    '{',
    '}',
    '::=',
    'OBJECT-TYPE',
    'TRAP-TYPE',
    'ENTERPRISE',
    'a',
    '(',
    '1',
    '"',
    '--',
    '\n',
  )
  fc.assert(
    fc.property(fc.array(words, { maxLength: 300 }), (given) => {
      const { names } = namesIn(given.join(' '))
      for (const oid of names.keys()) expect(oid).toMatch(/^\d+(\.\d+)*$/)
    }),
  )
})
