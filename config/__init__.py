# SPDX-License-Identifier: Apache-2.0
from config.sqlite import use_bundled_library

# Before anything imports Django's database layer: settings, commands, web and tests all pass here.
use_bundled_library()
