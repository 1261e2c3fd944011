import { httpFace } from './http/index.js'
import { nativeFace } from './native/index.js'
import { ncsFace } from './ncs/index.js'
import { netconfFace } from './netconf/index.js'
import { saltFace } from './salt/index.js'
import { sysadmFace } from './sysadm/index.js'

/** All faces, in the order in which they are opened. */
export const faces = [nativeFace, httpFace, saltFace, sysadmFace, ncsFace, netconfFace] as const
