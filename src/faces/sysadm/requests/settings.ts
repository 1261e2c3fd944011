import { own } from '../../../event/json/object.js'
import { localZone } from '../../../event/zone.js'
import { SysadmError } from '../../../protocols/sysadm/codec/errors.js'
import { qtIsoDate } from '../../../protocols/sysadm/codec/qt-dates.js'
import type { Caller, SysadmContext } from '../context.js'

/** `rpc/settings`: the keys with which users log in. */
export async function settings(context: SysadmContext, caller: Caller, args: unknown): Promise<unknown> {
  switch (own(args, 'action')) {
    case 'list_ssl_certs':
      return listKeys(context, caller)
    case 'list_ssl_checksums':
      return { md5_keys: [...new Set(keysFor(context, caller).map(({ login }) => login.checksum))] }
    case 'register_ssl_cert':
      return register(context, caller, args)
    case 'revoke_ssl_cert':
      return revoke(context, caller, args)
    default:
      throw new SysadmError(400)
  }
}

/** Everybody's keys for those with full rights, otherwise the own ones. */
function keysFor({ keys }: SysadmContext, { level, principal }: Caller) {
  return keys.of(level === 'full' ? undefined : principal.name)
}

function listKeys(context: SysadmContext, caller: Caller): Record<string, Record<string, string>> {
  const users: Record<string, Record<string, string>> = {}
  for (const { principal, key, nickname, email, registered } of keysFor(context, caller)) {
    const date = qtIsoDate(registered / 1000, localZone)
    users[principal] ??= {}
    users[principal][key] = `Nickname: ${nickname}\nEmail: ${email}\nDate Registered: ${date}`
  }
  return users
}

/** A key is a way in, so the audit names who adds or removes one. */
function audit({ host }: SysadmContext, caller: Caller, action: 'add' | 'remove', user: string): void {
  const { principal, address } = caller
  void host.reports.called?.({
    name: `sysadm-keys.${action}`,
    principal,
    address,
    changed: { principal: user },
  })
}

async function register(context: SysadmContext, caller: Caller, args: unknown): Promise<unknown> {
  const { keys, host } = context
  const { principal } = caller
  const isRegistered = await keys.register({
    principal: principal.name,
    key: textOf(args, 'pub_key'),
    nickname: textOf(args, 'nickname'),
    email: textOf(args, 'email'),
    registered: host.runtime.now(),
  })
  if (!isRegistered) throw new SysadmError(400)
  audit(context, caller, 'add', principal.name)
  return {}
}

async function revoke(context: SysadmContext, caller: Caller, args: unknown): Promise<unknown> {
  const { principal, level } = caller
  const user = textOf(args, 'user') || principal.name
  if (user !== principal.name && level !== 'full') throw new SysadmError(403)
  if (!(await context.keys.revoke(user, textOf(args, 'pub_key')))) throw new SysadmError(400)
  audit(context, caller, 'remove', user)
  return {}
}

function textOf(args: unknown, key: string): string {
  const text = own(args, key)
  return typeof text === 'string' ? text : ''
}
