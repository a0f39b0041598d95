# SPDX-License-Identifier: Apache-2.0
"""What differs from country to country, behind one port; nothing outside this package names one."""
