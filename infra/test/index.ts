// All tests in one process, so that the library is loaded and each stage synthesised once.
import './api.test.ts';
import './constructs.test.ts';
import './database.test.ts';
import './drift.test.ts';
import './edge.test.ts';
import './functions.test.ts';
import './nag.test.ts';
import './observability.test.ts';
import './stage.test.ts';
