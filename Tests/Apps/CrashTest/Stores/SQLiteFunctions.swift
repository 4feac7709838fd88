import Foundation
import GRDBSQLite
import ProcessSupport

/// Functions that the triggers of the tests call, in every connection that this process opens: also in those that the
/// store opens by a path.
enum SQLiteFunctions {
    /// To be called before the first connection is opened.
    static func install() {
        _ = isInstalled
    }

    private static let isInstalled: Bool = {
        let entry: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?, UnsafeRawPointer?) -> Int32 = { db, _, _ in
            sqlite3_create_function_v2(db, "crash_uptime", 0, SQLITE_UTF8, nil, uptime, nil, nil, nil)
            sqlite3_create_function_v2(db, "crash_room", 0, SQLITE_UTF8, nil, room, nil, nil, nil)
            return sqlite3_create_function_v2(db, "crash_point", 1, SQLITE_UTF8, nil, point, nil, nil, nil)
        }
        // SQLite declares the entry without its parameters, and calls it with them.
        return sqlite3_auto_extension(unsafeBitCast(entry, to: (@convention(c) () -> Void).self)) == SQLITE_OK
    }()

    private static let uptime: @convention(c) (OpaquePointer?, Int32, UnsafeMutablePointer<OpaquePointer?>?) -> Void = {
        context,
        _,
        _ in
        sqlite3_result_int64(context, System.uptime)
    }

    /// A limit below the size there is stands for that size.
    private static let room: @convention(c) (OpaquePointer?, Int32, UnsafeMutablePointer<OpaquePointer?>?) -> Void = {
        context,
        _,
        _ in
        let db = sqlite3_context_db_handle(context)
        if let name = sqlite3_db_filename(db, "main") {
            let folder = URL(fileURLWithPath: String(cString: name)).deletingLastPathComponent()
            let isFull = FileManager.default.fileExists(
                atPath: folder.appendingPathComponent(SmallDisk.ballastName).path
            )
            sqlite3_exec(db, "PRAGMA max_page_count = \(isFull ? 1 : 1_073_741_823)", nil, nil, nil)
        }
        sqlite3_result_null(context)
    }

    private static let point: @convention(c) (OpaquePointer?, Int32, UnsafeMutablePointer<OpaquePointer?>?) -> Void = {
        context,
        _,
        arguments in
        if let text = sqlite3_value_text(arguments?[0]) { CrashPoint.current.reached(String(cString: text)) }
        sqlite3_result_null(context)
    }
}
