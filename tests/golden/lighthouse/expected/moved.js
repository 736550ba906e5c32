// Leads on from the page of a renamed episode, to the same moment (#t=90), which its <meta> would forget.
"use strict";
location.replace(document.querySelector("main a").href + location.hash);
