import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;

/**
 * One real Elasticsearch node for tests, on loopback: `EsServer HOME HTTP_PORT`.
 * HOME holds config/, modules/ and plugins/; data and logs are written below it.
 */
public class EsServer {
    public static void main(String[] arguments) throws Exception {
        Path home = Path.of(arguments[0]);
        Environment environment = environment(home, arguments[1]);
        PluginsLoader loader = PluginsLoader.createPluginsLoader(
            PluginsLoader.loadModulesBundles(home.resolve("modules")),
            PluginsLoader.loadPluginsBundles(home.resolve("plugins")),
            Map.of(),
            false); // the jars lie on the class path: there is no named module to open to plugins
        Node node = new Node(environment, loader).start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node)));
        new CountDownLatch(1).await();
    }

    private static Environment environment(Path home, String port) throws Exception {
        LogConfigurator.registerErrorListener();
        Settings settings = Settings.builder()
            .put("path.home", home.toString())
            .put("path.data", home.resolve("data").toString())
            .put("cluster.name", "hotline-tests")
            .put("node.name", "test")
            .put("network.host", "127.0.0.1")
            .put("http.port", port)
            .put("transport.port", "0")
            .put("discovery.type", "single-node")
            .put("cluster.routing.allocation.disk.threshold_enabled", false)
            .build();
        Environment environment =
            InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), home.resolve("config"), () -> "test");
        LogConfigurator.configureESLogging();
        return environment;
    }

    private static void close(Node node) {
        try {
            node.close();
        } catch (java.io.IOException error) {
            System.err.println("The node did not close cleanly: " + error);
        }
    }
}
