/** The documents about the licences and parts of the executable that go with it. */
import { NOTICES, notices } from './notices.mjs'
import { parts } from './parts.mjs'
import { sbom } from './sbom.mjs'
import { write, zipped } from './tree.mjs'

export function legalDocuments(tree, folder, version) {
  write(tree, `${folder}/copyright`, copyright())
  write(tree, `${folder}/${NOTICES}.gz`, zipped(notices({ executable: true })))
  write(tree, `${folder}/tocsin.cdx.json`, sbom({ executable: true, version }))
}

/** Names the licences of everything that the executable contains. */
function copyright() {
  const bundled = parts({ executable: true }).map(
    ({ name, version, license }) => ` ${name} ${version}: ${license}`,
  )
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Tocsin

Files: *
Copyright: the authors of Tocsin
License: Apache-2.0
 On Debian systems the text is in /usr/share/common-licenses/Apache-2.0.
Comment:
 /usr/lib/tocsin/tocsin contains Node.js ${process.versions.node} (MIT, with the licences of its parts),
 lmdb.node contains LMDB (OpenLDAP Public License), and the program contains the packages below. The texts of
 their licences are in ${NOTICES}.gz.
${bundled.join('\n')}
`
}
