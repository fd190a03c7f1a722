/** What ESLint looks for in the pages of the server, in their tests and in itself. */

import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["**/static/vendor/"] },
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2022, sourceType: "module" },
    rules: {
      complexity: ["error", 10],
      curly: ["error", "multi-line"],
      eqeqeq: "error",
      "max-depth": ["error", 3],
      "max-len": ["error", { code: 100 }],
      "max-lines": ["error", 250],
      "no-shadow": "error",
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
    },
  },
  {
    files: ["src/glioscope/server/static/**/*.js"],
    languageOptions: { globals: globals.browser },
    rules: { "no-console": "error" },
  },
  { files: ["tests/**/*.js"], languageOptions: { globals: globals.nodeBuiltin } },
];
