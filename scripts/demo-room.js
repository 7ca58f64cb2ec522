// Starts the control room: the usual recipe and this library side by side, in a page with one set of controls.
import '../build/room/test/room/main.js';
