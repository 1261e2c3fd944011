/**
 * Small modules that most pages use. The build adds them to everything that is loaded later, so that they are one file:
 * otherwise there would be one for each set of pages that share a module, twenty in all.
 */
import './app/keys.js'
import './app/later-styles.js'
import './app/router.js'
import './app/setting.js'
import './components/dialog.js'
import './components/icon.js'
import './components/quoted.js'
import './hub/api.js'
import './hub/asking.js'
import './strings.js'
import './text/moments.js'
import './text/visible.js'
