import { revealTargets } from './reveal.js';
import { searchEntries } from './search.js';
import { sendForms } from './send-forms.js';

// The script of the page at /docs, which the server makes of its contract.
const clearSearch = searchEntries();
revealTargets(clearSearch);
sendForms();
