import { chownSync, lstatSync, readdirSync, rmdirSync } from 'node:fs'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { exists, fileStep, folderStep, ownFileStep, removeStep, type Step } from './steps.js'
import { ownerIn, placeOf, SERVICE, type Target, USER } from './target.js'
import { packaged, unitFor } from './unit.js'

const UNIT = `/etc/systemd/system/${SERVICE}`
const ACCOUNT = '/etc/sysusers.d/tocsin.conf'
const CONFIGURATION = '/etc/tocsin'
const DATA = '/var/lib/tocsin'

/** Returns the steps after which systemd runs the hub with these words. */
export async function installSteps(target: Target, words: readonly string[]): Promise<Step[]> {
  const unit = ownFileStep(target, UNIT, unitFor(words))
  return [
    fileStep(target, ACCOUNT, packaged('debian/tocsin.sysusers')),
    await userStep(target),
    folderStep(target, CONFIGURATION, 0o755),
    fileStep(target, `${CONFIGURATION}/tocsin.yaml`, packaged('tocsin.yaml')),
    folderStep(target, DATA, 0o700, (place) => giveToUser(target, place)),
    unit,
    ...(target.systemdRuns ? [reloadStep(target, unit), await startStep(target)] : []),
  ]
}

/** Returns the steps after which nothing of the service is left; without `purge`, data and configuration stay. */
export async function uninstallSteps(target: Target, purge: boolean): Promise<Step[]> {
  const unit = removeStep(target, UNIT)
  const stop = target.systemdRuns ? [await stopStep(target, unit)] : ifThere(target, WANTED)
  const reload = target.systemdRuns ? [reloadStep(target, unit)] : []
  const kept = [CONFIGURATION, DATA].filter((path) => exists(target, path))
  return [
    ...stop,
    unit,
    ...ifThere(target, `${UNIT}.old`),
    removeStep(target, ACCOUNT),
    ...reload,
    ...(purge ? purgeSteps(target) : kept.map(keptStep)),
  ]
}

/** Throws if the package of a distribution has installed the service. */
export function requireUnpackaged(target: Target): void {
  const unit = ['/usr/lib', '/lib'].map((folder) => `${folder}/systemd/system/${SERVICE}`)
  const found = unit.find((path) => exists(target, path))
  if (found !== undefined)
    throw new TocsinError('TCN_INSTALL_PACKAGED', `a package has installed the service: ${found}`)
}

async function userStep(target: Target): Promise<Step> {
  const user = await ownerIn(target)
  const isPossible = target.root === undefined || (target.isSuperuser && (await hasSysusers(target)))
  return {
    act: 'create',
    what: `user ${USER}`,
    ...(user && { found: 'exists' }),
    ...(!user && !isPossible && { found: 'made at boot' }),
    run: () => createUser(target),
  }
}

async function createUser(target: Target): Promise<void> {
  const root = target.root === undefined ? [] : [`--root=${target.root}`]
  if (await hasSysusers(target)) {
    await target.run('systemd-sysusers', ...root, placeWithin(target, ACCOUNT))
  } else {
    const options = ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin']
    await target.run('useradd', ...options, '--home-dir', DATA, '--comment', 'Tocsin event bus', USER)
  }
}

/** Systems without systemd have none. Without it, the user of a tree is made when the tree starts as a system. */
function hasSysusers(target: Target): Promise<boolean> {
  return target.run('systemd-sysusers', '--version').then(
    () => true,
    () => false,
  )
}

/** systemd-sysusers looks for names without a folder in the tree that --root names. */
function placeWithin(target: Target, path: string): string {
  return target.root === undefined ? path : path.slice(path.lastIndexOf('/') + 1)
}

async function giveToUser(target: Target, place: string): Promise<void> {
  // Others cannot give files away. systemd does it when it starts the service.
  if (!target.isSuperuser) return
  const user = await ownerIn(target)
  if (user) chownSync(place, user.uid, user.gid)
}

function reloadStep(target: Target, unit: Step): Step {
  return {
    act: 'reload',
    what: 'units of systemd',
    ...(unit.found !== undefined && { found: 'up to date' }),
    run: async () => void (await target.run('systemctl', 'daemon-reload')),
  }
}

async function startStep(target: Target): Promise<Step> {
  const isEnabled = (await stateOf(target, 'is-enabled')) === 'enabled'
  const isActive = (await stateOf(target, 'is-active')) === 'active'
  return {
    act: 'start',
    what: SERVICE,
    ...(isEnabled && isActive && { found: 'runs' }),
    run: async () => void (await target.run('systemctl', 'enable', '--now', SERVICE)),
  }
}

async function stopStep(target: Target, unit: Step): Promise<Step> {
  const isActive = (await stateOf(target, 'is-active')) === 'active'
  return {
    act: 'stop',
    what: SERVICE,
    ...(unit.found !== undefined && !isActive && { found: 'absent' }),
    run: async () => void (await target.run('systemctl', 'disable', '--now', SERVICE)),
  }
}

/** In one word; `systemctl` fails for each state that is not the good one. */
async function stateOf(target: Target, question: string): Promise<string> {
  return (await target.run('systemctl', question, SERVICE).catch(() => '')).trim()
}

/** The link that makes a service start with the system. */
const WANTED = `/etc/systemd/system/multi-user.target.wants/${SERVICE}`

function purgeSteps(target: Target): Step[] {
  return [
    removeStep(target, `${CONFIGURATION}/tocsin.yaml`),
    emptyFolderStep(target, CONFIGURATION),
    ...ifThere(target, `${UNIT}.d`),
    // With DynamicUser, systemd makes a link to this folder.
    ...ifThere(target, '/var/lib/private/tocsin'),
    removeStep(target, DATA),
  ]
}

/** Removes a path that few systems have. */
function ifThere(target: Target, path: string): Step[] {
  return exists(target, path) ? [removeStep(target, path)] : []
}

/** Files that the command did not make, such as those of the bridge, stay. */
function emptyFolderStep(target: Target, path: string): Step {
  const place = placeOf(target, path)
  const isThere = lstatSync(place, { throwIfNoEntry: false })?.isDirectory() === true
  const others = isThere ? readdirSync(place).filter((name) => name !== 'tocsin.yaml') : []
  return {
    act: 'remove',
    what: path,
    ...(!isThere && { found: 'absent' }),
    ...(others.length > 0 && { found: 'kept, with other files' }),
    run: () => rmdirSync(place),
  }
}

function keptStep(what: string): Step {
  return { act: 'remove', what, found: 'kept', run: () => {} }
}
