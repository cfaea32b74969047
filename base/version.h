// SPDX-License-Identifier: Apache-2.0
/* The version that the three programs tell. */
#pragma once

#define SLIPWAY_VERSION "0.1"
